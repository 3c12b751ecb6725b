package dev.cria.model;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import java.util.List;

/** What a model is asked to go on from. */
sealed interface Query {
    /** {@return the query in the words of whoever asks, so that it can be told apart without a vocabulary} */
    String prompt();

    /**
     * A text to continue.
     *
     * @param prompt the text
     */
    record Text(String prompt) implements Query {}

    /**
     * Token ids to continue.
     *
     * @param ids the ids
     */
    record Tokens(List<Integer> ids) implements Query {
        /** Copies the list. */
        public Tokens {
            ids = List.copyOf(ids);
        }

        @Override
        public String prompt() {
            return ids.toString();
        }
    }

    /**
     * A gap between two texts.
     *
     * @param prefix text before the gap
     * @param suffix text after it
     */
    record Gap(String prefix, String suffix) implements Query {
        @Override
        public String prompt() {
            return prefix + "<FILL_ME>" + suffix;
        }
    }

    /**
     * A turn of a conversation.
     *
     * @param dialog what has been said, and what the answer goes on from
     * @param template how it is written down
     * @param rendered the dialog as the template writes it
     * @param overflow what happens if that is too long
     * @param dropped how many of the oldest messages earlier turns have left out, system messages not counted
     */
    record Turn(Dialog dialog, ChatTemplate template, Prompt rendered, ContextOverflow overflow, int dropped)
            implements
                Query {
        @Override
        public String prompt() {
            return rendered.text();
        }
    }
}
