/** Tensor and kernel primitives, and what all modules need of the machine. Knows no format, no text, no model. */
module dev.cria.core {
    requires static transitive org.jspecify;
    requires java.management;
    requires jdk.management;
    requires static jdk.incubator.vector;

    exports dev.cria.core;
    exports dev.cria.core.memory to
            dev.cria.quant;
    exports dev.cria.core.host to
            dev.cria.quant,
            dev.cria.tokenizer,
            dev.cria.model,
            dev.cria.train,
            dev.cria.tiny,
            dev.cria.junit;
}
