package dev.cria.chat;

/** Who speaks in a dialog. */
public enum Role {
    /** Instructions that hold for the whole dialog; at most one message, the first. */
    SYSTEM,
    /** The person, or the program, that asks. */
    USER,
    /** The model. */
    ASSISTANT;

    /**
     * {@return the role that JSON dialogs name so}
     *
     * @param name {@code system}, {@code user} or {@code assistant}
     * @throws InvalidDialogException if it is another name
     */
    public static Role named(String name) {
        return switch (name) {
            case "system" -> SYSTEM;
            case "user" -> USER;
            case "assistant" -> ASSISTANT;
            default -> throw new InvalidDialogException(
                    "a message comes from system, user or assistant, not from \"" + name + "\"");
        };
    }
}
