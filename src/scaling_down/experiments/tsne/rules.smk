use rule compute as tsne_embed with:
    output:
        run_file("tsne", "embed"),
    log:
        log_file("tsne", "embed", "{run}"),
