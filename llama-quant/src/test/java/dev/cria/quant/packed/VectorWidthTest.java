package dev.cria.quant.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.cria.core.Kernels;
import dev.cria.quant.QuantType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The twins are only twins where the vector kernels run. The build runs them with the machine's own vectors, and with
 * narrower ones in JVMs of their own, which say in {@code cria.vector.bits} what they are meant to have.
 */
@Tag("widths")
class VectorWidthTest {
    @Test
    void theVectorKernelsAreTheOnesThatRun() {
        assertThat(Kernels.best().name()).isEqualTo("vector-" + Lanes.FLOATS.vectorBitSize());
        for (QuantType type : QuantType.values()) {
            IntegerPanels.of(type).ifPresent(panels -> assertThat(panels.kernel(Kernels.best()))
                    .isInstanceOf(IntegerVectors.class));
        }
    }

    @Test
    void vectorsAreAsWideAsTheBuildAskedFor() {
        assumeThat(Integer.getInteger("cria.vector.bits")).as("the machine's own width").isNotNull();
        assumeThat(System.getProperty("os.arch")).as("flags that name a width").isEqualTo("amd64");
        assertThat(Lanes.FLOATS.vectorBitSize()).isEqualTo(Integer.getInteger("cria.vector.bits"));
    }
}
