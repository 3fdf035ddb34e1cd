use rule compute as improved_baselines_train with:
    output:
        run_file("improved_baselines", "train"),
    log:
        log_file("improved_baselines", "train", "{run}"),
