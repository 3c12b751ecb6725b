/** Training: tokenizers, small models, LoRA adapters. */
module dev.cria.train {
    requires transitive dev.cria.model;
    requires transitive dev.cria.tokenizer;
    requires transitive dev.cria.chat;
    requires transitive dev.cria.core;
    requires transitive dev.cria.quant;
    requires com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.cria.train;
}
