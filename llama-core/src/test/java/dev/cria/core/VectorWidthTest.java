package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;

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
        assertThat(Kernels.all()).extracting(Kernels::name).startsWith("plain", "vector-" + bits);
    }

    @Test
    @EnabledIfSystemProperty(named = "cria.vector.bits", matches = "\\d+", disabledReason = "vectors have the machine's own width in this JVM; other JVMs of the build have others")
    @EnabledOnOs(architectures = "amd64", disabledReason = "other processors have no flags that name a width")
    void vectorsAreAsWideAsTheBuildAskedFor() {
        assertThat(FloatVector.SPECIES_PREFERRED.vectorBitSize()).isEqualTo(Integer.getInteger("cria.vector.bits"));
    }
}
