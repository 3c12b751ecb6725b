package dev.cria.model.transformer;

import dev.cria.core.CriaException;
import dev.cria.model.lora.LoraContent;
import java.util.function.BooleanSupplier;

/**
 * Turns batches of rows into logits and hidden states. One pass runs at a time: whoever calls {@link #run} sees to it.
 */
public interface ForwardPass {
    /** Takes the outputs of a pass. */
    @FunctionalInterface
    interface Outputs {
        /**
         * Takes what a row asked for. Logits of several rows may come at the same time and in any order, hidden states
         * come one after another, in the order of the rows.
         *
         * @param row index of the row in the batch
         * @param values holds the output, which is valid only during the call
         * @param offset index of its first number; there are {@link #vocabularySize()} logits of a row, or
         *     {@link #embeddingLength()} numbers of its hidden state
         * @param worker which member of the team calls, from 0 to {@link #workers()} - 1; for scratch space
         */
        void accept(int row, float[] values, int offset, int worker);
    }

    /** {@return the number of logits of a row} */
    int vocabularySize();

    /** {@return the width of the hidden state of a row} */
    int embeddingLength();

    /** {@return the largest number of positions of a sequence} */
    int contextLength();

    /** {@return the largest number of rows of one pass; a longer prompt is cut into chunks of this size} */
    int maximumRows();

    /** {@return how many members the team has that computes} */
    int workers();

    /** {@return a new page for keys and values; may be asked for by any thread} */
    KvPage newPage();

    /** {@return the bytes of a page} */
    long pageBytes();

    /**
     * Prepares an adapter for batches of this model. Asked again for the same adapter, it answers the same.
     * Thread-safe.
     *
     * @param adapter the adapter
     * @return what rows of a batch refer to
     * @throws CriaException if the adapter does not fit the model, and then the message names the tensor, or into
     *     memory
     */
    LoraPanels prepare(LoraContent adapter);

    /**
     * Runs the batch through the model and appends its positions to the caches of its sequences.
     *
     * @param batch 1 to {@link #maximumRows()} rows; the first row of each sequence is at that sequence's length
     * @param outputs receives what the rows ask for: logits, or the hidden state after the final norm, from which they
     *     would be made
     * @param interrupted asked between layers; once it answers true the pass is given up
     * @return true when the pass was finished; false when it was interrupted, and then nothing was appended to the
     *     caches, and no output was made
     * @throws IllegalStateException if the model has been closed
     */
    boolean run(Batch batch, Outputs outputs, BooleanSupplier interrupted);
}
