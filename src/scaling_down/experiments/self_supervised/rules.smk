use rule compute as self_supervised_train with:
    output:
        run_file("self_supervised", "train"),
    log:
        log_file("self_supervised", "train", "{run}"),
