package dev.cria.model;

/** Whoever draws a text out of a run: one of the endings, as a chat sees it that needs to know who is there. */
interface Reader {
    /** Of a reader who takes pieces one by one: the next token is chosen while it looks at the one before. */
    int ONE_AHEAD = 2;
    /** Of a reader who wants the whole text anyway: it need not be there at once for the text to go on. */
    int FAR_AHEAD = 32;

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

    /** {@return most tokens that may be chosen before the reader has taken the first of them} */
    int ahead();

    /** Tells a reader that is away why there will be no more text. */
    void ended(IllegalStateException why);
}
