use rule compute as classification_train with:
    output:
        run_file("classification", "train"),
    log:
        log_file("classification", "train", "{run}"),


use rule compute as classification_digits with:
    output:
        run_file("classification", "digits"),
    log:
        log_file("classification", "digits", "{run}"),
