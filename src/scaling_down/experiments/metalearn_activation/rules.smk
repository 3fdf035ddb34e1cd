use rule compute as metalearn_activation_metalearn with:
    output:
        run_file("metalearn_activation", "metalearn"),
    log:
        log_file("metalearn_activation", "metalearn", "{run}"),
    priority: 10


use rule compute as metalearn_activation_comparison with:
    output:
        run_file("metalearn_activation", "comparison"),
    log:
        log_file("metalearn_activation", "comparison", "{run}"),
