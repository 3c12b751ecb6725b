/** SentencePiece BPE: text to ids, ids to text, streaming decoding. */
module dev.cria.tokenizer {
    requires transitive dev.cria.core;
    requires com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;

    exports dev.cria.tokenizer;
}
