package dev.cria.train;

import dev.cria.chat.Dialog;
import dev.cria.chat.InvalidDialogException;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import java.util.List;

/**
 * A dialog to learn from: an optional system message, then user and assistant in turn, the last word with the
 * assistant.
 *
 * @param origin where it comes from, for messages, such as {@code "data.jsonl line 7"}
 * @param messages the messages, first to last
 */
public record TrainingDialog(String origin, List<Message> messages) {
    /**
     * Copies and checks the messages.
     *
     * @throws InvalidDialogException naming the first message that is out of order
     */
    public TrainingDialog {
        messages = List.copyOf(messages);
        if (messages.isEmpty() || messages.getLast().role() != Role.ASSISTANT) {
            throw new InvalidDialogException(
                    "the last message of a dialog to learn from must come from the ASSISTANT, but "
                            + (messages.isEmpty() ? "there is none" : "comes from the " + messages.getLast().role()));
        }
        new Dialog(messages).requireTurns();
    }

    /**
     * {@return a dialog of some messages}
     *
     * @param messages the messages, first to last
     * @throws InvalidDialogException naming the first message that is out of order
     */
    public static TrainingDialog of(Message... messages) {
        return new TrainingDialog("a dialog", List.of(messages));
    }

    /** {@return what the model sees before it gives the answer that is the message of an index} */
    Dialog before(int index) {
        return new Dialog(messages.subList(0, index));
    }
}
