use rule compute as tsne_embed with:
    output:
        run_file("tsne", "embed"),
    log:
        log_file("tsne", "embed", "{run}"),


use rule compute as tsne_digits with:
    output:
        run_file("tsne", "digits"),
    log:
        log_file("tsne", "digits", "{run}"),
