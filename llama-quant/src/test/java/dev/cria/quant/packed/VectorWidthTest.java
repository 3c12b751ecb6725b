package dev.cria.quant.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.core.Kernels;
import dev.cria.quant.QuantType;
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
    @Test
    void theVectorKernelsAreTheOnesThatRun() {
        Kernels vectors = Kernels.all().get(1);
        assertThat(vectors.name()).isEqualTo("vector-" + Lanes.FLOATS.vectorBitSize());
        for (QuantType type : QuantType.values()) {
            IntegerPanels.of(type).ifPresent(panels -> assertThat(panels.kernel(vectors))
                    .isInstanceOf(IntegerVectors.class));
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "cria.vector.bits", matches = "\\d+", disabledReason = "vectors have the machine's own width in this JVM; other JVMs of the build have others")
    @EnabledOnOs(architectures = "amd64", disabledReason = "other processors have no flags that name a width")
    void vectorsAreAsWideAsTheBuildAskedFor() {
        assertThat(Lanes.FLOATS.vectorBitSize()).isEqualTo(Integer.getInteger("cria.vector.bits"));
    }
}
