package dev.cria.train;

/**
 * An endless, numbered sequence of examples. The same number always gives the same example: that is what makes a run
 * repeatable and a checkpoint's position in the data one number.
 */
@FunctionalInterface
public interface ExampleSource {
    /**
     * {@return an example}
     *
     * @param index its number, from 0; asked for in rising order, from one thread
     */
    TrainingExample example(long index);
}
