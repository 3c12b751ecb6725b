package dev.cria.cli;

import dev.cria.model.generation.CancellationToken;
import java.util.Optional;

/** What somebody says in a conversation, message by message. */
interface Messages extends AutoCloseable {
    /** {@return the next message, which {@link MessageText} makes of lines; nothing at the end of input} */
    Optional<String> next();

    /** {@return whether somebody sits there, who can be told what went wrong and try again} */
    boolean isTyped();

    /** Runs what answers a message; where somebody sits there, Ctrl-C cancels it. */
    void answer(Runnable answer, CancellationToken cancel);

    @Override
    void close();
}
