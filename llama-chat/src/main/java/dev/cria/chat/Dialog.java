package dev.cria.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A dialog that waits for an answer: an optional system message, then user and assistant in turn, the last word with
 * the user.
 *
 * @param messages the messages, first to last
 */
public record Dialog(List<Message> messages) {
    /**
     * Copies and checks the messages.
     *
     * @throws InvalidDialogException naming the first message that is out of order
     */
    public Dialog {
        messages = List.copyOf(messages);
        int first = !messages.isEmpty() && messages.getFirst().role() == Role.SYSTEM ? 1 : 0;
        if (messages.size() == first) {
            throw new InvalidDialogException(first == 0
                    ? "a dialog needs at least one user message"
                    : "a dialog needs a user message after its system message");
        }
        for (int i = first; i < messages.size(); i++) {
            Role expected = (i - first) % 2 == 0 ? Role.USER : Role.ASSISTANT;
            if (messages.get(i).role() != expected) {
                throw new InvalidDialogException("message " + (i + 1) + " of the dialog must come from the " + expected
                        + ", but comes from the " + messages.get(i).role()
                        + ": user and assistant take turns, after an optional system message");
            }
        }
        if (messages.getLast().role() != Role.USER) {
            throw new InvalidDialogException(
                    "the last message of a dialog must come from the USER, but comes from the ASSISTANT");
        }
    }

    /**
     * {@return a dialog of some messages}
     *
     * @param messages the messages, first to last
     * @throws InvalidDialogException naming the first message that is out of order
     */
    public static Dialog of(Message... messages) {
        return new Dialog(List.of(messages));
    }

    /** {@return the system message, if there is one} */
    public Optional<String> system() {
        return messages.getFirst().role() == Role.SYSTEM
                ? Optional.of(messages.getFirst().content())
                : Optional.empty();
    }

    /** {@return the user's messages and the answers to them, without the system message} */
    public List<Message> turns() {
        return messages.subList(system().isPresent() ? 1 : 0, messages.size());
    }

    /**
     * {@return the dialog after an answer and the next question}
     *
     * @param answer what the model answered
     * @param question what the user says next
     */
    public Dialog next(String answer, String question) {
        List<Message> longer = new ArrayList<>(messages);
        longer.add(Message.assistant(answer));
        longer.add(Message.user(question));
        return new Dialog(longer);
    }
}
