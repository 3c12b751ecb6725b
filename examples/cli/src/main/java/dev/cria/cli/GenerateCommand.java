package dev.cria.cli;

import dev.cria.model.Generation;
import dev.cria.model.GenerationResult;
import dev.cria.model.LlamaModel;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(name = "generate", mixinStandardHelpOptions = true, description = "Continues a text.")
final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ModelOptions.Sampling sampling = new ModelOptions.Sampling();

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "text to continue")
    private String prompt = "";

    @Option(names = "--json", description = "prints one JSON object when done")
    private boolean json;

    @Override
    public Integer call() {
        try (LlamaModel llama = model.load(spec)) {
            PrintWriter out = spec.commandLine().getOut();
            Generation generation = sampling.apply(llama.generate(prompt), spec);
            if (json) {
                out.println(Json.write(facts(generation.result())));
            } else {
                generation.forEach(piece -> {
                    out.print(piece);
                    out.flush();
                });
                out.println();
            }
            out.flush();
        }
        return 0;
    }

    private static Map<String, Object> facts(GenerationResult result) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("text", result.text());
        facts.put("tokens", result.tokens());
        facts.put("promptTokens", result.promptTokens());
        facts.put("finishReason", result.finishReason().name().toLowerCase(Locale.ROOT));
        facts.put("seed", result.seed());
        facts.put("promptTokensPerSecond", result.timings().promptTokensPerSecond());
        facts.put("generatedTokensPerSecond", result.timings().generatedTokensPerSecond());
        return facts;
    }
}
