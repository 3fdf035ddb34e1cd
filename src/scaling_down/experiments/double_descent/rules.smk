use rule compute as double_descent_dataset with:
    output:
        run_file("double_descent"),
    log:
        log_file("double_descent", "dataset", "{run}"),
    wildcard_constraints:
        run="dataset-.+",


use rule compute as double_descent_widths with:
    output:
        run_file("double_descent"),
    log:
        log_file("double_descent", "widths", "{run}"),
    wildcard_constraints:
        run="(mlp|cnn)_.+",
    resources:
        mem_mb=2000,
        runtime=60,


use rule summarise as double_descent_summarise with:
    input:
        runs_read("double_descent"),
        manifest=manifest("double_descent", "summarise"),
    output:
        summary("double_descent"),
    log:
        log_file("double_descent", "summarise"),


use rule draw as double_descent_draw with:
    input:
        tables("double_descent"),
        manifest=manifest("double_descent", "draw"),
    output:
        figures("double_descent"),
    log:
        log_file("double_descent", "draw"),
    params:
        settings=PLAN.settings("double_descent"),


rule double_descent:
    input:
        everything_of("double_descent"),
