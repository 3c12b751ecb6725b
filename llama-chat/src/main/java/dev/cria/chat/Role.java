package dev.cria.chat;

import java.util.Locale;

/** Who speaks in a dialog. */
public enum Role {
    /** Instructions. Most templates know one such message, at the beginning. */
    SYSTEM,
    /** The person, or the program, that asks. */
    USER,
    /** The model. */
    ASSISTANT,
    /** A program whose result the model asked for. Only the texts of some models have a place for it. */
    TOOL;

    /**
     * {@return the role that JSON dialogs name so}
     *
     * @param name {@code system}, {@code user}, {@code assistant} or {@code tool}
     * @throws InvalidDialogException if it is another name
     */
    public static Role named(String name) {
        return switch (name) {
            case "system" -> SYSTEM;
            case "user" -> USER;
            case "assistant" -> ASSISTANT;
            case "tool" -> TOOL;
            default -> throw new InvalidDialogException(
                    "a message comes from system, user, assistant or tool, not from \"" + name + "\"");
        };
    }

    /** {@return the name in JSON dialogs and in templates, such as {@code user}} */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
