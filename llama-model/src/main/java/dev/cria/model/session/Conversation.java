package dev.cria.model.session;

import dev.cria.chat.Message;
import dev.cria.model.generation.GenerationOptions;
import java.util.List;

/**
 * What a chat consists of, apart from its keys and values.
 *
 * @param template name of the chat template
 * @param messages the messages so far
 * @param droppedMessages how many of the oldest messages the model no longer reads, system messages not counted
 * @param contextOverflow what happens when it outgrows the context, by name
 * @param options the options that are set
 * @param read the tokens of the last turn: its prompt and its answer
 */
public record Conversation(String template, List<Message> messages, int droppedMessages, String contextOverflow,
        GenerationOptions options, List<Integer> read) {
    /** Copies the collections. */
    public Conversation {
        messages = List.copyOf(messages);
        read = List.copyOf(read);
    }

    int[] tokens() {
        return read.stream().mapToInt(Integer::intValue).toArray();
    }
}
