/** A chat model of a few megabytes in a jar. */
module dev.cria.tiny {
    requires transitive dev.cria.model;
    requires static dev.cria.train;
    requires static transitive org.jspecify;
}
