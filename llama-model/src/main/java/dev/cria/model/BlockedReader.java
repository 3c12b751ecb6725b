package dev.cria.model;

/**
 * A thread that does nothing else until it has the text.
 *
 * @param thread the thread
 * @param ahead most tokens that may be chosen before it has taken the first of them
 */
record BlockedReader(Thread thread, int ahead) implements Reader {
    @Override
    public State state() {
        return State.of(thread);
    }

    @Override
    public void ended(IllegalStateException why) {
        // the thread is never away, and hears from the run
    }
}
