/** The quick start. */
module dev.cria.examples.quickstart {
    requires dev.cria.model;
    requires static org.jspecify;
}
