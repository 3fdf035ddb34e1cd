use rule compute as lottery_dataset with:
    output:
        run_file("lottery"),
    log:
        log_file("lottery", "dataset", "{run}"),
    wildcard_constraints:
        run="dataset-.+",


use rule compute as lottery_rounds with:
    output:
        run_file("lottery"),
    log:
        log_file("lottery", "rounds", "{run}"),
    wildcard_constraints:
        run="rounds-.+",
    priority: 10
    resources:
        mem_mb=2000,
        runtime=60,


use rule compute as lottery_ablation with:
    output:
        run_file("lottery"),
    log:
        log_file("lottery", "ablation", "{run}"),
    wildcard_constraints:
        run="ablation-.+",
    resources:
        mem_mb=2000,
        runtime=60,


use rule compute as lottery_masks with:
    output:
        run_file("lottery"),
    log:
        log_file("lottery", "masks", "{run}"),
    wildcard_constraints:
        run="masks-.+",
    resources:
        mem_mb=1000,
        runtime=30,


use rule summarise as lottery_summarise with:
    input:
        runs_read("lottery"),
        manifest=manifest("lottery", "summarise"),
    output:
        summary("lottery"),
    log:
        log_file("lottery", "summarise"),


use rule draw as lottery_draw with:
    input:
        tables("lottery"),
        manifest=manifest("lottery", "draw"),
    output:
        figures("lottery"),
    log:
        log_file("lottery", "draw"),
    params:
        settings=PLAN.settings("lottery"),


rule lottery:
    input:
        everything_of("lottery"),
