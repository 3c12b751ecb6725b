package dev.cria.chat;

import dev.cria.chat.template.WhiteSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A dialog that waits for an answer, or for the rest of one. Messages may come in any order; which orders a model knows
 * is up to its template, which refuses the others. Where the last message comes from the assistant it is the beginning
 * of the answer, and the model goes on with it; a blank beginning is none.
 *
 * @param messages the messages, first to last
 */
public record Dialog(List<Message> messages) {
    /**
     * Copies the messages, without a blank beginning of an answer.
     *
     * @throws InvalidDialogException if there is no message
     */
    public Dialog {
        boolean blank = !messages.isEmpty() && messages.getLast().role() == Role.ASSISTANT
                && WhiteSpace.strip(messages.getLast().content()).isEmpty();
        messages = List.copyOf(blank ? messages.subList(0, messages.size() - 1) : messages);
        if (messages.isEmpty()) {
            throw new InvalidDialogException("a dialog needs at least one message");
        }
    }

    /**
     * {@return a dialog of some messages}
     *
     * @param messages the messages, first to last
     * @throws InvalidDialogException if there is none
     */
    public static Dialog of(Message... messages) {
        return new Dialog(List.of(messages));
    }

    /** {@return the system message at the beginning, if there is one} */
    public Optional<String> system() {
        return messages.getFirst().role() == Role.SYSTEM
                ? Optional.of(messages.getFirst().content())
                : Optional.empty();
    }

    /** {@return the messages without a system message at the beginning} */
    public List<Message> turns() {
        return messages.subList(system().isPresent() ? 1 : 0, messages.size());
    }

    /** {@return whether the last message is the beginning of an answer, which the model goes on with} */
    public boolean isContinued() {
        return messages.getLast().role() == Role.ASSISTANT;
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

    /**
     * Checks that user and assistant take turns, after at most one system message. Many formats know only this.
     *
     * @return this
     * @throws InvalidDialogException naming the first message that is out of order
     */
    public Dialog requireTurns() {
        int first = system().isPresent() ? 1 : 0;
        if (messages.stream().noneMatch(message -> message.role() == Role.USER)) {
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
        return this;
    }
}
