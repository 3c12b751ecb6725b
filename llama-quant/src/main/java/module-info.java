/** How weights are stored: quantised block formats, and the weight files that carry them. */
module dev.cria.quant {
    requires transitive dev.cria.core;
    requires com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;
    requires static jdk.incubator.vector;

    exports dev.cria.quant;
    exports dev.cria.quant.packed to
            dev.cria.model;
}
