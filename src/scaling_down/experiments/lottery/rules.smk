use rule compute as lottery_rounds with:
    output:
        run_file("lottery", "rounds"),
    log:
        log_file("lottery", "rounds", "{run}"),
    priority: 10
    resources:
        mem_mb=2000,
        runtime=180,  # the corrected protocol's hundred rounds are one job


use rule compute as lottery_ablation with:
    output:
        run_file("lottery", "ablation"),
    log:
        log_file("lottery", "ablation", "{run}"),


use rule compute as lottery_masks with:
    output:
        run_file("lottery", "masks"),
    log:
        log_file("lottery", "masks", "{run}"),
    resources:
        mem_mb=1000,
        runtime=30,
