use rule compute as classification_compute with:
    output:
        run_file("classification"),
    log:
        log_file("classification", "compute", "{run}"),


use rule summarise as classification_summarise with:
    input:
        runs_read("classification"),
        manifest=manifest("classification", "summarise"),
    output:
        summary("classification"),
    log:
        log_file("classification", "summarise"),


use rule draw as classification_draw with:
    input:
        tables("classification"),
        manifest=manifest("classification", "draw"),
    output:
        figures("classification"),
    log:
        log_file("classification", "draw"),
    params:
        settings=PLAN.settings("classification"),


rule classification:
    input:
        everything_of("classification"),
