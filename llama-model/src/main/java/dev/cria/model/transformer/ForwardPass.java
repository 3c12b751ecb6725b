package dev.cria.model.transformer;

import dev.cria.core.CriaException;
import dev.cria.model.LoraAdapter;
import java.util.function.BooleanSupplier;

/** Turns batches of rows into logits. Thread-safe: passes of several threads take turns. */
public interface ForwardPass {
    /** {@return the number of logits of a row} */
    int vocabularySize();

    /** {@return the width of the hidden state of a row} */
    int embeddingLength();

    /** {@return the largest number of positions of a sequence} */
    int contextLength();

    /** {@return the largest number of rows of one pass; a longer prompt is cut into chunks of this size} */
    int maximumRows();

    /** {@return a new, empty sequence} */
    KvCache newCache();

    /**
     * Prepares an adapter for batches of this model. Asked again for the same adapter, it answers the same.
     *
     * @param adapter the adapter
     * @return what rows of a batch refer to
     * @throws CriaException if the adapter does not fit the model, and then the message names the tensor, or into
     *     memory
     */
    LoraPanels prepare(LoraAdapter adapter);

    /**
     * Runs the batch through the model and appends its positions to the caches of its sequences.
     *
     * @param batch 1 to {@link #maximumRows()} rows; the first row of each sequence is at that sequence's length
     * @param logits receives the logits of the rows that want them, in row order, {@code [wanted][vocabularySize]} flat
     * @param interrupted asked between layers; once it answers true the pass is given up
     * @return true when the pass was finished; false when it was interrupted, and then nothing was appended to the
     *     caches
     * @throws IllegalStateException if the model has been closed
     */
    boolean run(Batch batch, float[] logits, BooleanSupplier interrupted);

    /**
     * Runs the batch through the model as {@link #run} does, up to the hidden state after the final norm, from which
     * logits would be made.
     *
     * @param batch 1 to {@link #maximumRows()} rows; the first row of each sequence is at that sequence's length
     * @param hidden receives the hidden state of the rows that want logits, in row order,
     *     {@code [wanted][embeddingLength]} flat
     * @param interrupted asked between layers; once it answers true the pass is given up
     * @return true when the pass was finished; false when it was interrupted, and then nothing was appended to the
     *     caches
     * @throws IllegalStateException if the model has been closed
     */
    boolean hidden(Batch batch, float[] hidden, BooleanSupplier interrupted);
}
