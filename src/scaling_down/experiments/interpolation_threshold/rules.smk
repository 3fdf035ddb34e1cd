use rule compute as interpolation_threshold_dataset with:
    output:
        run_file("interpolation_threshold"),
    log:
        log_file("interpolation_threshold", "dataset", "{run}"),
    wildcard_constraints:
        run="dataset-.+",


use rule compute as interpolation_threshold_widths with:
    output:
        run_file("interpolation_threshold"),
    log:
        log_file("interpolation_threshold", "widths", "{run}"),
    wildcard_constraints:
        run="(?!dataset-).+",
    resources:
        mem_mb=2000,
        runtime=60,


use rule summarise as interpolation_threshold_summarise with:
    input:
        runs_read("interpolation_threshold"),
        manifest=manifest("interpolation_threshold", "summarise"),
    output:
        summary("interpolation_threshold"),
    log:
        log_file("interpolation_threshold", "summarise"),


use rule draw as interpolation_threshold_draw with:
    input:
        tables("interpolation_threshold"),
        manifest=manifest("interpolation_threshold", "draw"),
    output:
        figures("interpolation_threshold"),
    log:
        log_file("interpolation_threshold", "draw"),
    params:
        settings=PLAN.settings("interpolation_threshold"),


rule interpolation_threshold:
    input:
        everything_of("interpolation_threshold"),
