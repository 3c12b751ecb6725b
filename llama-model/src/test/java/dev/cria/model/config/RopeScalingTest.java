package dev.cria.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.cria.core.CriaException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RopeScalingTest {
    @Test
    void yarnOfALlamaHasTheBoundsOfThePaper() {
        // 128 components, base 10000, 4096 positions: pairs up to 20 turn often enough to be kept, from 46 on all are
        // divided
        double[] own = RopeScaling.none().frequencies(10_000, 128);
        double[] scaled = RopeScaling.yarn(16, 4096).frequencies(10_000, 128);
        for (int pair = 0; pair < 64; pair++) {
            double ratio = own[pair] / scaled[pair];
            if (pair <= 20) {
                assertThat(ratio).as("pair %d", pair).isCloseTo(1, within(1e-12));
            } else if (pair >= 46) {
                assertThat(ratio).as("pair %d", pair).isCloseTo(16, within(1e-12));
            } else {
                assertThat(ratio).as("pair %d", pair).isBetween(1.0, 16.0)
                        .isGreaterThan(own[pair - 1] / scaled[pair - 1]);
            }
        }
        assertThat(RopeScaling.yarn(16, 4096).magnitude()).isCloseTo(1.27725887222, within(1e-10));
    }

    @Test
    void valuesOutOfRangeAreNamed() {
        assertThatThrownBy(() -> RopeScaling.linear(0)).isInstanceOf(CriaException.class)
                .hasMessageContaining("RoPE scaling factor must be above 0, but is 0");
        assertThatThrownBy(() -> RopeScaling.linear(Double.NaN)).isInstanceOf(CriaException.class);
        assertThatThrownBy(() -> RopeScaling.yarn(2, 0)).hasMessageContaining("original context length");
        assertThatThrownBy(() -> new RopeScaling(1, 1, Optional.empty(), List.of(1f, 0f)))
                .hasMessageContaining("frequency divisor");
    }
}
