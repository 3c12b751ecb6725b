package dev.cria.cli;

import dev.cria.model.generation.CancellationToken;
import java.util.Optional;

/**
 * Messages from a pipe or a file.
 *
 * @param in where they come from
 */
record PipedMessages(StandardInput in) implements Messages {
    @Override
    public Optional<String> next() {
        return in.line().map(first -> {
            String lines = first;
            while (!MessageText.isWhole(lines)) {
                Optional<String> more = in.line();
                if (more.isEmpty()) {
                    break;
                }
                lines += "\n" + more.get();
            }
            return MessageText.of(lines);
        });
    }

    @Override
    public boolean isTyped() {
        return false;
    }

    @Override
    public void answer(Runnable answer, CancellationToken cancel) {
        answer.run();
    }

    @Override
    public void close() {
        // standard input is not ours
    }
}
