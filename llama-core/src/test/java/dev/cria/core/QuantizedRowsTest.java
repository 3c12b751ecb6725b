package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class QuantizedRowsTest {
    /** Four levels of 4 bits in 16 bits, shifted and multiplied without masks, give the sum of the levels times the inputs. */
    @Property
    void differencesTakeTheLevelsAboveOff(@ForAll long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[64];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextFloat(-1, 1);
        }
        QuantizedRows x = new QuantizedRows();
        x.resize(2, 32);
        for (int row = 0; row < 2; row++) {
            Kernels.plain().quantize(inputs, 32 * row, x, row);
            x.subtract(row);
            for (int first = 0; first < 16; first += 4) {
                int even = 0;
                int odd = 0;
                int packed = random.nextInt(1 << 16);
                int fromPacked = 0;
                int oddFromPacked = 0;
                for (int i = 0; i < 4; i++) {
                    int pair = x.pairs()[row * x.stride() + first + i];
                    int difference = x.differences()[row * x.stride() + first + i];
                    int level = packed >>> (4 * i) & 15;
                    even += level * (short) pair;
                    odd += level * (pair >> 16);
                    fromPacked += (packed >>> (4 * i)) * (short) difference;
                    oddFromPacked += (packed >>> (4 * i)) * (difference >> 16);
                }
                assertThat((short) fromPacked).isEqualTo((short) even);
                assertThat((short) oddFromPacked).isEqualTo((short) odd);
            }
        }
    }
}
