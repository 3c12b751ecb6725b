package dev.cria.cli;

import dev.cria.model.ModelFile;
import dev.cria.model.config.ModelConfig;
import dev.cria.tokenizer.Vocabulary;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What is in a weight file. */
@Command(name = "info", mixinStandardHelpOptions = true, description = "Shows what is in a weight file.")
final class InfoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private ModelChoice model = new ModelChoice();

    @Option(names = "--json", description = "prints one JSON object")
    private boolean json;

    @Override
    public Integer call() {
        try (ModelFile file = model.open(spec)) {
            Map<String, Object> facts = facts(file);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.write(facts));
            } else {
                facts.forEach((key, value) -> out.printf("%-20s %s%n", words(key), value));
            }
            out.flush();
        }
        return 0;
    }

    private static Map<String, Object> facts(ModelFile file) {
        ModelConfig config = file.config();
        Vocabulary vocabulary = file.tokenizer().vocabulary();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("file", file.path().toString());
        facts.put("format", file.format());
        facts.put("architecture", "llama");
        facts.put("name", config.name());
        facts.put("parameters", file.parameters());
        facts.put("weightBytes", file.weightBytes());
        file.mix().ifPresent(mix -> facts.put("mix", mix.name()));
        facts.put("tensorTypes", file.tensorTypes());
        facts.put("contextLength", config.contextLength());
        facts.put("embeddingLength", config.embeddingLength());
        facts.put("layers", config.layers());
        facts.put("heads", config.heads());
        facts.put("kvHeads", config.kvHeads());
        facts.put("headLength", config.headLength());
        facts.put("feedForwardLength", config.feedForwardLength());
        facts.put("normEpsilon", config.normEpsilon());
        facts.put("ropeBase", config.ropeBase());
        facts.put("ropeScale", config.ropeScale());
        facts.put("ropeScaling", config.ropeScaling().yarn().isPresent() ? "yarn" : "linear");
        config.slidingWindow().ifPresent(window -> facts.put("slidingWindow", window));
        facts.put("vocabularySize", config.vocabularySize());
        facts.put("tokenizer", "SentencePiece BPE");
        facts.put("bos", vocabulary.bos());
        facts.put("eos", vocabulary.eos());
        facts.put("chatTemplate", file.chatTemplate().name());
        return facts;
    }

    /** {@code kvHeads} becomes {@code kv heads}. */
    private static String words(String key) {
        return key.replaceAll("([A-Z])", " $1").toLowerCase(java.util.Locale.ROOT);
    }
}
