use rule compute as pooling_train with:
    output:
        run_file("pooling", "train"),
    log:
        log_file("pooling", "train", "{run}"),
