use rule compute as dataset_generate with:
    output:
        run_file("dataset", "generate"),
    log:
        log_file("dataset", "generate", "{run}"),
