package dev.cria.model;

/** Whoever draws a text out of a run: one of the endings, as a chat sees it that needs to know who is there. */
interface Reader {
    /** What a reader is doing. */
    enum State {
        /** Waits for text, which must not be taken from it. */
        WAITING,
        /** Has been told to stop. */
        LEAVING,
        /** Has asked for nothing more so far, and perhaps never will. */
        AWAY;

        /** {@return what the reader whose only business is to read in this thread is doing} */
        static State of(Thread reading) {
            return reading.isInterrupted() ? LEAVING : WAITING;
        }
    }

    State state();

    /** Tells a reader that is away why there will be no more text. */
    void ended(IllegalStateException why);
}
