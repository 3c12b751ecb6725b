/** Tensor and kernel primitives. Knows no file, no text, no model. */
module dev.cria.core {
    requires static transitive org.jspecify;
    requires static jdk.incubator.vector;

    exports dev.cria.core;

}
