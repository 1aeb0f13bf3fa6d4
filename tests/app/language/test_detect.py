"""Tests the detection of other languages: questions in thirty of them, and English ones with many names."""

from __future__ import annotations

import pytest

from app.language.detect import other_language

OTHERS = """
Ist MLOps wichtig?
Was ist ein Feature Store?
Warum verlassen Teams die Cloud für eigene GPUs?
Wie werde ich Data Engineer?
Welche Tools empfehlen Gäste für Monitoring?
brauche ich kubernetes fuer ml modelle
Lohnt sich Airflow für kleine Teams?
Wann lohnt sich ein eigenes LLM?
Was hält Ben von Spark?
Wie viele Folgen gibt es?
Soll ich Docker lernen?
Was sagt Maria über Data Science?
Qu'est-ce qu'un feature store ?
Pourquoi les équipes quittent-elles le cloud ?
Comment devenir data engineer ?
Est-ce que Kubernetes est adapté à l'entraînement des modèles ?
quels outils pour surveiller un modele en production
A quoi sert dbt ?
Faut-il apprendre Docker ?
Combien coûte un GPU ?
Quelle est la différence entre MLOps et DevOps ?
¿Qué es un feature store?
¿Por qué los equipos dejan la nube?
Como puedo aprender machine learning
Cuales son las ventajas de Kafka
¿Necesito Kubernetes para entrenar modelos?
que opinan los invitados sobre airflow
¿Cuánto cuesta una GPU?
Cuando conviene usar un LLM propio
Que hace un ingeniero de datos?
O que é um feature store?
Como me tornar engenheiro de dados?
Por que as equipes saem da nuvem?
Vale a pena usar Airflow?
quais ferramentas os convidados recomendam para monitoramento
Quando usar RAG em vez de fine-tuning?
Preciso aprender Docker?
Quanto custa treinar um modelo?
Che cos'è un feature store?
Perché i team lasciano il cloud?
Come si diventa data engineer?
Quanto costa una GPU?
vale la pena imparare kubernetes
Quali strumenti consigliano gli ospiti?
Serve davvero Airflow?
Cosa dice Maria sulla data science?
Wat is een feature store?
Waarom verlaten teams de cloud?
Hoe word ik data engineer?
Heb ik Kubernetes nodig voor kleine modellen?
welke tools raden gasten aan voor monitoring
Hoeveel kost een GPU?
Wanneer gebruik je RAG?
Co to jest feature store?
Dlaczego zespoły opuszczają chmurę?
Jak zostać inżynierem danych?
Czy warto uczyć się Kubernetes?
jakie narzedzia do monitorowania modeli
Ile kosztuje GPU?
Kiedy używać Airflow?
Co je to feature store?
Jak se stát datovým inženýrem?
Proč týmy opouštějí cloud?
Potřebuji Kubernetes?
Vad är en feature store?
Varför lämnar team molnet?
Hur blir man data engineer?
Behöver jag Kubernetes för maskininlärning?
Hva er en feature store?
Hvorfor forlater team skyen?
Hvordan blir jeg data engineer?
Er MLOps viktig?
Trenger jeg Kubernetes?
Hvad er en feature store?
Hvordan bliver man data engineer?
Hvorfor forlader teams skyen?
Mikä on feature store?
Miten minusta tulee data engineer?
Kannattaako Kubernetes opetella?
Feature store nedir?
Nasıl veri mühendisi olurum?
Kubernetes öğrenmeli miyim?
MLOps neden önemli?
makine ogrenmesi icin docker gerekli mi
Ce este un feature store?
Cum devin inginer de date?
De ce părăsesc echipele cloud-ul?
Mi az a feature store?
Hogyan lehetek data engineer?
Miért fontos az MLOps?
Apa itu feature store?
Bagaimana cara menjadi data engineer?
Mengapa MLOps penting?
Apakah saya perlu belajar Kubernetes?
Feature store là gì?
Làm thế nào để trở thành kỹ sư dữ liệu?
Tại sao MLOps quan trọng?
Что такое feature store?
Почему команды уходят из облака?
Как стать data engineer?
Нужен ли Kubernetes для обучения моделей?
Зачем нужен MLOps?
Що таке feature store?
Як стати інженером даних?
Τι είναι το feature store;
Γιατί είναι σημαντικό το MLOps;
什么是特征存储？
什么是feature store?
为什么团队离开云？
如何成为数据工程师
Kubernetes适合训练模型吗？
フィーチャーストアとは何ですか？
データエンジニアになるには？
MLOpsはなぜ重要ですか？
피처 스토어란 무엇인가요?
MLOps가 왜 중요한가요?
ما هو مخزن الميزات؟
ما هو feature store؟
كيف أصبح مهندس بيانات؟
מה זה feature store?
फीचर स्टोर क्या है?
MLOps क्यों ज़रूरी है?
Data engineer kaise bane?
machine learning kya hai
kya mujhe kubernetes seekhna chahiye
feature store ka use kyu karte hai
ফিচার স্টোর কী?
MLOps என்றால் என்ன?
فیچر استور چیست؟
MLOps คืออะไร
""".strip().splitlines()

ENGLISH = """
What is Apache Airflow?
dbt vs Dataform?
pandas or polars?
kafka
k8s gpu vllm
Ilva Nadrostek duckdb motherduck
What does Mısra Łuć say?
dbt incremental models
llama 3 vs qwen 2.5
scikit-learn pipelines
Is Dagster any good?
etl or elt
who is Bartosz Nadrostek
airflow dag best practise
is mlops importnt
wht is a featur stor
docker compose vs kubernetes helm
MLflow or Weights & Biases
Jupyter notebooks in production
real time inference gpu cost
Tomás Ferreira-Lindqvist
What about Müller's Gradient?
vector db pinecone qdrant weaviate milvus
spark structured streaming checkpoint
xgboost lightgbm catboost
BERT
de zoomcamp
data engineer salary berlin
cover letter data scientist application
readme for portfolio project
uplift modeling causal inference
fine tune llm lora qlora peft
résumé tips
Poincaré embeddings
Gödel numbers in logic
São Paulo data team salary
Los Angeles data jobs
El Niño forecasting
MLOps à la Netflix
protégé mentor data
Łódź meetup
Databricks Unity Catalog
What is data drift? Antworte bitte auf Deutsch.
What does "Datenqualität ist wichtig" mean?
What is 机器学习 in English?
What is μ in a normal distribution?
Hallo! What is a feature store, and when do I need one?
a
???
😀
""".strip().splitlines()


@pytest.mark.parametrize("question", OTHERS)
def test_a_question_in_another_language_is_told_from_english(question: str) -> None:
    assert other_language(question)


@pytest.mark.parametrize("question", ENGLISH)
def test_english_is_never_taken_for_another_language(question: str) -> None:
    assert not other_language(question)


def test_a_text_is_in_the_language_of_most_of_its_letters() -> None:
    assert other_language("Hello! Was ist ein Feature Store, und wann lohnt er sich?")
    assert not other_language("Guten Tag! What is a feature store, and when does a small team need one of its own?")
