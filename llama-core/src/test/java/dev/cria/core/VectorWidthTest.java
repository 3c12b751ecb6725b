package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The twins are only twins where the vector kernels run. The build runs them with the machine's own vectors, and with
 * narrower ones in JVMs of their own, which say in {@code cria.vector.bits} what they are meant to have.
 */
@Tag("widths")
class VectorWidthTest {
    /** Wider vectors than half a panel of floats are not used. */
    private static final int WIDEST = Float.SIZE * Matrix.PANEL_ROWS / 2;

    @Test
    void theVectorKernelsAreTheOnesThatRun() {
        int bits = Math.min(WIDEST, FloatVector.SPECIES_PREFERRED.vectorBitSize());
        assertThat(Kernels.best().name()).isEqualTo("vector-" + bits);
    }

    @Test
    void vectorsAreAsWideAsTheBuildAskedFor() {
        assumeThat(Integer.getInteger("cria.vector.bits")).as("the machine's own width").isNotNull();
        assumeThat(System.getProperty("os.arch")).as("flags that name a width").isEqualTo("amd64");
        assertThat(FloatVector.SPECIES_PREFERRED.vectorBitSize()).isEqualTo(Integer.getInteger("cria.vector.bits"));
    }
}
