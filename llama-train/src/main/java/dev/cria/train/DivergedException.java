package dev.cria.train;

import dev.cria.core.CriaException;

/** A run's loss stopped being a number, or rose far above what it had been. The last checkpoint is kept. */
public final class DivergedException extends CriaException {
    private static final long serialVersionUID = 1L;

    /** @param message the step, the loss, and what to do */
    DivergedException(String message) {
        super(message);
    }
}
