package dev.cria.chat;

import java.util.Objects;

/**
 * One message of a dialog.
 *
 * @param role who speaks
 * @param content what is said
 */
public record Message(Role role, String content) {
    /**
     * Checks that there is something to say.
     *
     * @throws NullPointerException if there is no role or no content
     */
    public Message {
        Objects.requireNonNull(role, "role must not be null");
        Objects.requireNonNull(content, "content must not be null");
    }

    /**
     * {@return a system message}
     *
     * @param content the instructions
     */
    public static Message system(String content) {
        return new Message(Role.SYSTEM, content);
    }

    /**
     * {@return a user message}
     *
     * @param content the question
     */
    public static Message user(String content) {
        return new Message(Role.USER, content);
    }

    /**
     * {@return an assistant message}
     *
     * @param content the answer
     */
    public static Message assistant(String content) {
        return new Message(Role.ASSISTANT, content);
    }

    /**
     * {@return the result of a tool}
     *
     * @param content the result
     */
    public static Message tool(String content) {
        return new Message(Role.TOOL, content);
    }
}
