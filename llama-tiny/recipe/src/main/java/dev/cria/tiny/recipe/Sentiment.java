package dev.cria.tiny.recipe;

/** Whether a sentence praises or blames: one word as the answer. */
final class Sentiment implements Task {
    private static final Phrases SENTENCES = Phrases
            .of("""
                    The {thing} was {word}.
                    The {thing} is {word}.
                    This {thing} was {word}.
                    What a {word} {thing}!
                    I think the {thing} was {word}.
                    The {thing} was really {word}.
                    The {thing} was very {word}.
                    It was a {word} {thing}.
                    That was a very {word} {thing}.
                    We had a {word} {thing}.
                    I found the {thing} {word}.
                    A {word} {thing}, as always.
                    My {thing} was {word}.
                    Our {thing} was so {word}.
                    The {thing} seems {word} to me.
                    Everybody says that the {thing} is {word}.
                    The {thing} was {word} from start to end.
                    The {thing} was {word} and {other}.
                    {name} says that the {thing} was {word}.
                    The {thing} turned out {word}.
                    ---
                    The {thing} was quite {word}.
                    In my opinion the {thing} is {word}.
                    It is a {word} {thing}.
                    We thought that the {thing} was {word}.
                    The {thing} here is {word} and {other}.
                    +++
                    [the|this|that|our|my|their] {thing} [is|was|looked|felt|seemed|has been] [|very |really |so |truly |rather |extremely ]{word}.
                    [the|this|that] {thing} [is|was] {word} [today|again|as usual|this time|to be honest].
                    [the|this|that|your|our] {thing} [is|was|looks|seems] [so |very |both |]{word} and {other}.
                    [honestly, the|I must say that the|I think that the|I feel that the|I believe the|they said that the] {thing} [is|was] {word}.
                    [for me|to me|to my mind|in the end|in short|as I see it] the {thing} [is|was] {word}.
                    [in my view|in her opinion|in our opinion] the {thing} was {word}.
                    what [a|a really] {word} {thing} [this|that|it] [is|was]!
                    [this|that] [is|was] a {word} [and {other} |]{thing}.
                    [they have|it has|we saw|I got|there is] a {word} {thing} here.
                    [it was|it has been] a {word} {thing}.
                    the {thing} there is {word} and {other}.
                    here the {thing} is {word} and {other}.
                    the {thing} in {city} [is|was] {word}.
                    {name} thought that the {thing} was {word}.
                    we found that the {thing} was {word}.
                    {word}, {other}, {word}: [that is|what about] the {thing}!
                    """);

    /** Sentences that say how somebody feels about it. */
    private static final Phrases LOVED = Phrases.of("""
            I love the {thing}.
            I loved this {thing}.
            We enjoyed the {thing} very much.
            I like this {thing} a lot.
            I would recommend the {thing} to everyone.
            The {thing} made me happy.
            {name} loved the {thing}.
            I am happy with the {thing}.
            I want this {thing} again.
            ---
            We loved the {thing}.
            {name} enjoyed the {thing}.
            +++
            [we|they|I|my friends|all of us] [love|like|enjoy|adore] [the|this|that|their] {thing}.
            [they|I|all of us] [loved|liked|enjoyed|adored] [the|this|that|their] {thing}.
            {name} [likes|loves|adores|was happy with] [the|this|that] {thing}.
            """);

    private static final Phrases HATED = Phrases
            .of("""
                    I hate the {thing}.
                    I hated this {thing}.
                    We did not enjoy the {thing}.
                    I do not like this {thing}.
                    I would not recommend the {thing}.
                    The {thing} made me sad.
                    {name} hated the {thing}.
                    I am unhappy with the {thing}.
                    I never want this {thing} again.
                    The {thing} was not {good}.
                    The {thing} is not {good} at all.
                    ---
                    We hated the {thing}.
                    {name} did not enjoy the {thing}.
                    +++
                    [we|they|I|my friends|all of us] [hate|dislike|regret|do not like|do not enjoy] [the|this|that|their] {thing}.
                    [they|I|all of us] [hated|disliked|did not like|did not enjoy] [the|this|that|their] {thing}.
                    {name} [dislikes|hates|does not like|did not like|was unhappy with] [the|this|that] {thing}.
                    """);

    private static final Phrases QUESTIONS = Phrases
            .of("""
                    Is this positive or negative? {text}
                    Is this sentence positive or negative? {text}
                    Positive or negative? {text}
                    What is the sentiment of this sentence? {text}
                    What is the sentiment? {text}
                    Sentiment: {text}
                    Classify the sentiment: {text}
                    Tell me the sentiment of: {text}
                    Is the mood of this review positive or negative? {text}
                    Does this sound positive or negative? {text}
                    Decide if this is positive or negative: {text}
                    Please classify this review as positive or negative: {text}
                    Find the sentiment of the text. {text}
                    Label this review: {text}
                    How does the writer feel, positive or negative? {text}
                    {text} Is this positive or negative?
                    {text} What is the sentiment?
                    {text} Positive or negative?
                    {text} Is that review positive or negative?
                    {text} Classify the sentiment.
                    Review: {text} Sentiment?
                    Give the sentiment, positive or negative: {text}
                    ---
                    Is this review positive or negative? {text}
                    Please tell me the sentiment of this text: {text}
                    Classify this sentence as positive or negative: {text}
                    {text} Does this sound positive or negative?
                    {text} What is the sentiment of this sentence?
                    +++
                    is [this|the|my|that] [comment|text|opinion|statement|remark|message] positive or negative? {text}
                    [please |]tell me [the sentiment|the mood|the feeling] of [this|the|my] [review|sentence|comment|line|message|opinion]: {text}
                    [what is|give me|find|determine|name|state] the sentiment of [this|the|the following] [text|review|comment|statement|message]: {text}
                    [classify|judge|rate|label|mark|rank] this [text|review|comment|line|message|statement] as positive or negative: {text}
                    [tell me|say|decide|determine] [if|whether] this [text|sentence|review|comment] is positive or negative: {text}
                    {text} [what is|tell me|give me] the sentiment of [this|that] [text|review|comment|message]?
                    {text} does [that|the text|the sentence|my review] sound positive or negative?
                    {text} is this [review|text|sentence|comment] positive or negative?
                    {text} [classify|judge|label] [this|it|that] as positive or negative.
                    does [this|the] [text|comment|review] sound positive or negative? {text}
                    here is a [review|text|sentence|comment]: {text} [positive or negative?|what is its sentiment?|is it positive or negative?]
                    """);

    @Override
    public Exchange draw(Draw draw) {
        boolean good = draw.chance(0.5);
        String thing;
        String word;
        do {
            thing = draw.one(Lexicon.REVIEWED);
            word = draw.one(good ? Lexicon.GOOD : Lexicon.BAD);
        } while (draw.refuses("sentiment", thing, word));
        Phrases sentences = draw.chance(0.7) ? SENTENCES : good ? LOVED : HATED;
        String text = Texts.fill(draw.phrase(sentences), "thing", thing, "word", word, "other",
                draw.one(good ? Lexicon.GOOD : Lexicon.BAD), "good", draw.one(Lexicon.GOOD), "name",
                draw.one(Lexicon.NAMES));
        if (text.contains("{city}")) {
            text = Texts.fill(text, "city", draw.one(Lexicon.OTHER_CITIES));
        }
        if (draw.isVaried()) {
            text = Texts.capitalised(text);
        }
        text = text.replace(" a " + word, " " + Texts.withArticle(word))
                .replace("A " + word, Texts.capitalised(Texts.withArticle(word)));
        String answer = good ? "Positive" : "Negative";
        return new Exchange(Texts.fill(draw.phrase(QUESTIONS), "text", text), answer + ".", answer);
    }
}
