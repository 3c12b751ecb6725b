/** A chat model of a few megabytes in a jar. */
module dev.cria.tiny {
    requires transitive dev.cria.model;
    requires static transitive org.jspecify;

    exports dev.cria.tiny;
}
