/** The Llama 2 transformer, sampling and generation. */
module dev.cria.model {
    requires transitive dev.cria.tokenizer;
    requires transitive dev.cria.chat;
    requires transitive dev.cria.core;
    requires transitive dev.cria.quant;
    requires com.fasterxml.jackson.databind;
    requires static jdk.jfr;
    requires static transitive org.jspecify;

    exports dev.cria.model;
    exports dev.cria.model.config;
    exports dev.cria.model.generation;
    exports dev.cria.model.weights;
    exports dev.cria.model.loading to
            dev.cria.train;
    exports dev.cria.model.lora to
            dev.cria.train;
}
