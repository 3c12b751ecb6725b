package dev.cria.cli;

import dev.cria.quant.QuantMix;
import dev.cria.quant.Quantizer;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model in smaller types. */
@Command(name = "quantize", mixinStandardHelpOptions = true, description = "Writes a model as a GGUF file with smaller weights, "
        + "of the same types and bytes as llama.cpp's llama-quantize.")
final class QuantizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private FileConversion conversion = new FileConversion();

    @Parameters(index = "2", paramLabel = "TYPE", description = "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q2_K_S, Q3_K_S, "
            + "Q3_K_M, Q3_K_L, Q4_K_S, Q4_K_M, Q5_K_S, Q5_K_M, Q6_K, IQ4_NL or IQ4_XS; Q3_K, Q4_K and Q5_K mean those with M")
    private String type = "";

    @Option(names = "--pure", description = "gives all matrices one type instead of better ones to those that need them")
    private boolean pure;

    @Option(names = "--requantize", description = "also takes a model that is quantised already, which adds new errors to the old ones")
    private boolean requantize;

    @Override
    public Integer call() {
        QuantMix mix = QuantMix.named(type).orElseThrow(() -> new ParameterException(spec.commandLine(),
                "unknown type " + type + "; there are " + Arrays.stream(QuantMix.values()).map(Enum::name)
                        .collect(Collectors.joining(", "))));
        conversion.run(Quantizer.to(mix).pure(pure).requantize(requantize), spec);
        return 0;
    }
}
