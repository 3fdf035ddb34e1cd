use rule compute as dataset_compute with:
    output:
        run_file("dataset"),
    log:
        log_file("dataset", "compute", "{run}"),


use rule summarise as dataset_summarise with:
    input:
        runs_read("dataset"),
        manifest=manifest("dataset", "summarise"),
    output:
        summary("dataset"),
    log:
        log_file("dataset", "summarise"),


use rule draw as dataset_draw with:
    input:
        tables("dataset"),
        manifest=manifest("dataset", "draw"),
    output:
        figures("dataset"),
    log:
        log_file("dataset", "draw"),
    params:
        settings=PLAN.settings("dataset"),


rule dataset:
    input:
        everything_of("dataset"),
