/** Grammars, regular expressions and JSON schemas as constraints on tokens. */
module dev.cria.grammar {
    requires transitive dev.cria.core;
    requires transitive dev.cria.tokenizer;
    requires com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.cria.grammar;
    exports dev.cria.grammar.error;
}
