/** Messages, dialogs and prompt templates. */
module dev.cria.chat {
    requires transitive dev.cria.tokenizer;
    requires static transitive org.jspecify;

    exports dev.cria.chat;
    exports dev.cria.chat.template to dev.cria.model;
}
