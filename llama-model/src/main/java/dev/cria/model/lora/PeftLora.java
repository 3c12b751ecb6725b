package dev.cria.model.lora;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.QuantType;
import dev.cria.quant.SafetensorsFile;
import dev.cria.quant.SafetensorsWriter;
import dev.cria.quant.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Adapters in the folders of Hugging Face's PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}.
 * What the configuration asks for beyond plain and rank-stabilised LoRA is refused by its name.
 */
public final class PeftLora {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final long LARGEST_CONFIG = 1 << 22;
    private static final String PREFIX = "base_model.model.";
    private static final Pair LINEAR = new Pair(".lora_A.weight", ".lora_B.weight");
    private static final Pair EMBEDDING = new Pair(".lora_embedding_A", ".lora_embedding_B");
    /** What is saved of a matrix that is changed; in between may stand the name of the adapter. */
    private static final Pattern PART = Pattern
            .compile(
                    "(?<module>.+)\\.(?<part>lora_[AB]|lora_embedding_[AB])(\\.(?<adapter>[^.]+))??(?<end>\\.weight)?");
    /** The matrix itself, which PEFT saves too where it is the embedding or the output. */
    private static final String BASE_LAYER = ".base_layer.weight";
    /** Variants that compute something else; each is off when absent, null, false or empty. */
    private static final List<String> UNSUPPORTED = List.of("use_dora", "use_qalora", "layer_replication",
            "alora_invocation_tokens", "lora_bias", "arrow_config", "trainable_token_indices", "target_parameters");

    /** How the names of the two matrices end. */
    private record Pair(String a, String b) {
        static Pair of(LoraModule module) {
            return module == LoraModule.TOKEN_EMBD ? EMBEDDING : LINEAR;
        }
    }

    private final Path configFile;
    private final JsonNode config;
    private final SafetensorsFile file;
    /** Names in the file by the names that the tensors have without the name of an adapter. */
    private final Map<String, String> names = new HashMap<>();
    private final List<BaseWeight> baseWeights = new ArrayList<>();

    private PeftLora(Path configFile, JsonNode config, SafetensorsFile file) {
        this.configFile = configFile;
        this.config = config;
        this.file = file;
    }

    /**
     * Reads an adapter.
     *
     * @param folder the folder
     * @return its content, with the rows in halves
     * @throws MalformedFileException if a file is broken or the adapter is of no supported kind
     * @throws CriaException if a file cannot be read
     */
    public static LoraContent read(Path folder) {
        Path configFile = folder.resolve(CONFIG);
        JsonNode config = parse(configFile);
        Path weights = folder.resolve(WEIGHTS);
        if (!Files.exists(weights) && Files.exists(folder.resolve("adapter_model.bin"))) {
            throw new CriaException(
                    folder + " has its weights in adapter_model.bin, which is not supported; save them as "
                            + WEIGHTS);
        }
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            PeftLora reader = new PeftLora(configFile, config, file);
            reader.checkConfig();
            return new LoraContent(folder.toString(),
                    Optional.ofNullable(folder.toAbsolutePath().normalize().getFileName()).map(Path::toString)
                            .orElse(""),
                    RowOrder.HALVES, reader.factors(), reader.baseWeights);
        }
    }

    private static JsonNode parse(Path file) {
        try {
            if (Files.size(file) > LARGEST_CONFIG) {
                throw new MalformedFileException(file, "a configuration has no more than " + LARGEST_CONFIG + " bytes");
            }
            JsonNode config = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build()
                    .readTree(Files.readAllBytes(file));
            if (config == null || !config.isObject()) {
                throw new MalformedFileException(file, "the configuration must be a JSON object");
            }
            return config;
        } catch (JacksonException e) {
            throw new MalformedFileException(file, "not JSON: " + e.getOriginalMessage(), e);
        } catch (NoSuchFileException e) {
            throw new CriaException("there is no file " + file + ", which the folder of a PEFT adapter has", e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file.path(), problem);
    }

    private MalformedFileException misconfigured(String problem) {
        return new MalformedFileException(configFile, problem);
    }

    private void checkConfig() {
        JsonNode type = config.path("peft_type");
        if (!type.asText("").equals("LORA")) {
            throw misconfigured("peft_type must be \"LORA\", but is " + (type.isMissingNode() ? "missing" : type));
        }
        for (String option : UNSUPPORTED) {
            JsonNode value = config.path(option);
            boolean off = value.isMissingNode() || value.isNull() || (value.isBoolean() && !value.booleanValue())
                    || (value.isContainerNode() && value.isEmpty());
            if (!off) {
                throw misconfigured(option + " is not supported, but is " + value);
            }
        }
    }

    private SequencedMap<LoraSite, LoraFactors> factors() {
        SequencedSet<LoraSite> sites = new LinkedHashSet<>();
        for (String name : file.tensors().keySet()) {
            if (name.startsWith(PREFIX) && name.endsWith(BASE_LAYER)) {
                addBaseWeight(name);
            } else {
                sites.add(site(name));
            }
        }
        SequencedMap<LoraSite, LoraFactors> factors = new LinkedHashMap<>();
        sites.forEach(site -> factors.put(site, factors(site)));
        if (factors.isEmpty()) {
            throw malformed("the adapter has no tensors");
        }
        return factors;
    }

    private void addBaseWeight(String name) {
        String module = name.substring(PREFIX.length(), name.length() - BASE_LAYER.length());
        LoraSite site = LoraSite.ofPeft(module).filter(found -> !found.module().isInLayers())
                .orElseThrow(() -> unknownModule(name, module));
        baseWeights.add(new BaseWeight(site, file.path(), name));
    }

    private LoraSite site(String name) {
        Matcher matcher = PART.matcher(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : "");
        if (matcher.matches()) {
            String module = matcher.group("module");
            String part = "." + matcher.group("part");
            String end = Optional.ofNullable(matcher.group("end")).orElse("");
            for (Pair pair : List.of(LINEAR, EMBEDDING)) {
                if (pair.a.equals(part + end) || pair.b.equals(part + end)) {
                    String other = names.putIfAbsent(PREFIX + module + part + end, name);
                    if (other != null) {
                        throw malformed("there are the tensors " + other + " and " + name
                                + " of two adapters; save each in a folder of its own");
                    }
                    return LoraSite.ofPeft(module).filter(site -> Pair.of(site.module()) == pair)
                            .orElseThrow(() -> unknownModule(name, module));
                }
            }
        }
        throw malformed(
                "tensor " + name + " is not part of a plain LoRA: biases, magnitudes and modules that are saved whole"
                        + " are not supported");
    }

    private MalformedFileException unknownModule(String name, String module) {
        return malformed("tensor " + name + " would change " + module
                + ", which is no matrix of a Llama model or not supported");
    }

    private TensorFloats tensor(String plainName) {
        String name = names.getOrDefault(plainName, plainName);
        WeightTensor tensor = file.tensors().get(name);
        if (tensor == null) {
            throw malformed(file.unsupportedType(name)
                    .map(type -> "tensor " + name + " has the type " + type + ", supported are F32, F16 and BF16")
                    .orElse("tensor " + name + " is missing, though its counterpart is there"));
        }
        return TensorFloats.of(file.path(), tensor);
    }

    private LoraFactors factors(LoraSite site) {
        String module = site.peftName();
        Pair pair = Pair.of(site.module());
        TensorFloats a = tensor(PREFIX + module + pair.a);
        TensorFloats b = tensor(PREFIX + module + pair.b);
        TensorFloats.requireRank(file.path(), a, a.rows(), b, b.columns());
        int rank = a.rows();
        JsonNode expected = setting("r", "rank_pattern", module);
        if (!expected.isIntegralNumber() || !expected.canConvertToInt() || expected.intValue() != rank) {
            throw malformed("tensor " + a.tensor().name() + " has the rank " + rank + ", but the configuration says "
                    + expected);
        }
        JsonNode alpha = setting("lora_alpha", "alpha_pattern", module);
        if (!alpha.isNumber() || !Double.isFinite(alpha.doubleValue())) {
            throw misconfigured("lora_alpha of " + module + " must be a number, but is " + alpha);
        }
        boolean stabilised = config.path("use_rslora").asBoolean(false);
        double scale = alpha.doubleValue() / (stabilised ? Math.sqrt(rank) : rank);
        return new LoraFactors(rank, a.columns(), b.rows(), scale, a.floats(), b.floats());
    }

    /** {@return a setting of a module, which a pattern may change: a regular expression for the end of its name} */
    private JsonNode setting(String key, String patternKey, String module) {
        JsonNode value = config.path(key);
        if (value.isMissingNode()) {
            throw misconfigured(key + " is missing");
        }
        for (Map.Entry<String, JsonNode> pattern : config.path(patternKey).properties()) {
            try {
                if (new ModulePattern(pattern.getKey()).matches(module)) {
                    return pattern.getValue();
                }
            } catch (IllegalArgumentException e) {
                throw misconfigured(patternKey + " has the regular expression " + pattern.getKey() + ": "
                        + e.getMessage());
            }
        }
        return value;
    }

    /**
     * Writes an adapter in F32. A folder that is missing is made.
     *
     * @param content the adapter, its rows in halves
     * @param model sizes of the model that it changes
     * @param folder the folder
     * @throws CriaException if it cannot be written
     */
    public static void write(LoraContent content, ModelConfig model, Path folder) {
        Path configuration = folder.resolve("." + CONFIG + ".part");
        try {
            Files.createDirectories(folder);
            try {
                JsonMapper mapper = JsonMapper.builder().build();
                Files.write(configuration, mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(
                        config(content, model, mapper)));
                writeWeights(content, folder.resolve(WEIGHTS));
                // last, when nothing of the new adapter can fail for lack of space any more
                Files.move(configuration, folder.resolve(CONFIG), StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(configuration);
            }
        } catch (IOException e) {
            throw FileFailure.writing(folder, e);
        }
    }

    private static void writeWeights(LoraContent content, Path file) {
        try (SafetensorsWriter writer = SafetensorsWriter.create(file)) {
            content.factors().forEach((site, f) -> {
                Pair pair = Pair.of(site.module());
                writer.tensor(PREFIX + site.peftName() + pair.a, QuantType.F32, f.rank(), f.inputs());
                writer.tensor(PREFIX + site.peftName() + pair.b, QuantType.F32, f.outputs(), f.rank());
            });
            content.factors().forEach((site, f) -> {
                Pair pair = Pair.of(site.module());
                writer.encode(PREFIX + site.peftName() + pair.a, f.a());
                writer.encode(PREFIX + site.peftName() + pair.b, f.b());
            });
            writer.finish();
        }
    }

    private static ObjectNode config(LoraContent content, ModelConfig model, JsonMapper mapper) {
        LoraFactors first = content.factors().firstEntry().getValue();
        double alpha = alpha(first);
        ObjectNode config = mapper.createObjectNode();
        config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("base_model_name_or_path", model.name())
                .put("inference_mode", true).put("bias", "none").put("fan_in_fan_out", false).put("lora_dropout", 0.0)
                .put("r", first.rank()).put("use_rslora", false).put("use_dora", false);
        putNumber(config, "lora_alpha", alpha);
        ObjectNode ranks = config.putObject("rank_pattern");
        ObjectNode alphas = config.putObject("alpha_pattern");
        content.factors().forEach((site, f) -> {
            if (f.rank() != first.rank()) {
                ranks.put(site.peftName(), f.rank());
            }
            if (alpha(f) != alpha) {
                putNumber(alphas, site.peftName(), alpha(f));
            }
        });
        ArrayNode targets = config.putArray("target_modules");
        targets(content, model).forEach(targets::add);
        return config;
    }

    private static double alpha(LoraFactors f) {
        return f.scale() * f.rank();
    }

    private static void putNumber(ObjectNode node, String key, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e9) {
            node.put(key, (long) value);
        } else {
            node.put(key, value);
        }
    }

    /** {@return the last parts of the names where all layers have the module, otherwise whole names} */
    private static Set<String> targets(LoraContent content, ModelConfig model) {
        Set<String> targets = new LinkedHashSet<>();
        for (LoraSite site : content.factors().keySet()) {
            List<LoraSite> everywhere = new ArrayList<>();
            for (int layer = 0; layer < (site.module().isInLayers() ? model.layers() : 1); layer++) {
                everywhere.add(new LoraSite(site.module(), layer));
            }
            String name = site.peftName();
            targets.add(content.factors().keySet().containsAll(everywhere)
                    ? name.substring(name.lastIndexOf('.') + 1)
                    : name);
        }
        return targets;
    }
}
