use rule compute as metalearn_lr_metalearn with:
    output:
        run_file("metalearn_lr", "metalearn"),
    log:
        log_file("metalearn_lr", "metalearn", "{run}"),


use rule compute as metalearn_lr_grid with:
    output:
        run_file("metalearn_lr", "grid"),
    log:
        log_file("metalearn_lr", "grid", "{run}"),
