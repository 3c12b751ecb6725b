package dev.cria.model;

import dev.cria.model.decoding.Settings;
import dev.cria.model.decoding.TextRun;
import java.util.List;

/** Who answers: a model, a transcript, or one that stands before another. Thread-safe. */
interface Answers {
    /** A query that can be answered any number of times. */
    @FunctionalInterface
    interface Asked {
        /**
         * Begins an answer; nothing is computed before somebody reads it.
         *
         * @param settings the options
         * @param adapters which adapters it has
         * @param ahead most tokens that may be chosen before the reader has taken the first of them
         */
        TextRun begin(Settings settings, AdapterChoice adapters, int ahead);
    }

    /** {@return the number of tokens that there are} */
    int vocabularySize();

    /** {@return how many tokens prompt and answer may have together} */
    int contextLength();

    /**
     * Refuses an adapter that does not fit the model.
     *
     * @throws dev.cria.core.CriaException naming the tensor
     */
    void requireFit(LoraAdapter adapter);

    /**
     * {@return the query, ready to be answered}
     *
     * @throws ContextOverflowException if it is known to be too long
     */
    Asked ask(Query query);

    Score score(List<Integer> tokens);

    List<Score> scoreAll(List<String> texts);

    List<float[]> embedAll(List<String> texts, Pooling pooling);
}
