"""Words of clinical pharmacy congresses. Data only."""

from pa_assets.agendas.demo.vocabulary import Vocabulary, words

PHARMACY = Vocabulary(
    terms={
        "Prescribing": words(
            """independent prescribing, deprescribing, prescribing competence, electronic prescriptions, repeat
            prescribing, prescribing errors, designated prescribing practitioners, formulary choice, non-medical
            prescribers, scope of practice, polypharmacy, prescribing safety indicators, dose adjustment, opioid
            tapering, prescribing supervision, controlled drugs, shared care agreements, off-label use,
            anticholinergic burden, prescribing data"""
        ),
        "Primary Care": words(
            """primary care networks, general practice pharmacists, structured medication reviews, care homes, frailty
            reviews, long-term condition clinics, hypertension case finding, practice workload, social prescribing,
            blood pressure checks, inhaler reviews, integrated neighbourhood teams, GP appointments, statin uptake,
            medicines optimisation in surgeries, health inequalities, additional roles funding, home visits, annual
            reviews, patient lists"""
        ),
        "Secondary Care": words(
            """hospital admission, medicines reconciliation, discharge summaries, ward pharmacy, intensive care
            medicines, surgical prophylaxis, acute medicine, inpatient anticoagulation, critical care rounds,
            electronic prescribing in hospitals, emergency department pharmacy, outpatient dispensing, virtual
            wards, perioperative medicines, bed flow, seven-day pharmacy, transfer of care, intravenous to oral
            switch, hospital formulary, specialist wards"""
        ),
        "Community Pharmacy": words(
            """Pharmacy First, community dispensing, minor ailments, flu vaccination, hub and spoke dispensing,
            pharmacy contracts, contraception service, over-the-counter sales, new medicine service, pharmacy
            closures, responsible pharmacist, retail pharmacy, consultation rooms, smoking cessation, needle
            exchange, delivery to homes, patient group directions, pharmacy income, community health checks, locum
            cover"""
        ),
        "Cardiovascular": words(
            """heart failure, atrial fibrillation, direct oral anticoagulants, lipid lowering, SGLT2 inhibitors, stroke
            prevention, resistant hypertension, PCSK9 inhibitors, acute coronary syndrome, lipoprotein(a), cardiac
            rehabilitation, ejection fraction, warfarin switching, beta blockers, cardiovascular risk scores,
            peripheral arterial disease, inclisiran, thrombosis, palpitations, antiplatelet therapy"""
        ),
        "Diabetes and Obesity": words(
            """GLP-1 agonists, type 2 diabetes remission, continuous glucose monitoring, insulin titration, weight
            management services, tirzepatide, hypoglycaemia, gestational diabetes, diabetic foot, HbA1c targets,
            metabolic health, bariatric patients, diabetic kidney disease, low-carbohydrate diets, diabetes
            technology, hybrid closed loop, stigma of obesity, retinal screening, early-onset diabetes, metformin"""
        ),
        "Respiratory": words(
            """asthma biologics, COPD exacerbation, inhaler technique, greener inhalers, pulmonary rehabilitation,
            spirometry, FeNO testing, SABA over-use, severe asthma, oxygen at home, chronic cough, bronchiectasis,
            inhaled steroids, maintenance and reliever therapy, breathlessness, winter planning, rescue packs, dry
            powder devices, sleep apnoea, paediatric wheeze"""
        ),
        "Mental Health": words(
            """antipsychotic monitoring, lithium safety, depression in older people, clozapine clinics, ADHD medicines,
            antidepressant withdrawal, dementia, perinatal mental health, sleep disorders, suicide prevention,
            anxiety, substance misuse, STOMP, bipolar disorder, physical health checks in psychosis, talking
            therapies, benzodiazepine dependence, community mental health teams, crisis care, eating disorders"""
        ),
        "Antimicrobials and Infection": words(
            """antimicrobial stewardship, resistant organisms, sepsis, urinary tract infection, penicillin allergy
            de-labelling, short antibiotic courses, fungal infection, vaccine uptake, outpatient parenteral therapy,
            hepatitis C, HIV, Clostridioides difficile, travel medicine, infection markers, respiratory viruses,
            surgical infection, target antibiotic toolkit, gonorrhoea, cellulitis, gram-negative bacteraemia"""
        ),
        "Leadership and Management": words(
            """clinical leadership, business cases, change management, quality improvement, workforce planning, system
            leadership, service design, integrated care boards, commissioning, coaching, team culture, negotiation,
            difficult conversations, equality and inclusion, career portfolios, finance for leaders, succession,
            appraisal, influence without authority, strategic planning"""
        ),
        "Education and Training": words(
            """foundation trainees, credentialing, simulation training, postgraduate diplomas, undergraduate
            placements, portfolio evidence, tutors, learning needs, advanced practice curriculum, consultant
            pharmacists, assessment, reflective practice, mentoring, inter-professional learning, protected learning
            time, examinations, apprenticeships, teaching skills, feedback, e-learning"""
        ),
        "Pharmacy Technicians": words(
            """technician-led clinics, accuracy checking, medicines management technicians, dispensary supervision,
            technician career frameworks, ward-based technicians, aseptic roles for technicians, supply by
            technicians, technician registration, delegation to technicians, stock top-up, technician research,
            discharge support, technicians in general practice, technician apprentices, medication histories,
            patient counselling by technicians, skill mix, leadership for technicians, homecare coordination"""
        ),
        "Technology and Innovation": words(
            """artificial intelligence in medicines, dispensing robots, clinical decision support, pharmacogenomics,
            electronic health records, digital therapeutics, interoperability, remote monitoring, data dashboards,
            automated cabinets, NHS App, genomic testing, barcode scanning, risk stratification tools, wearable
            sensors, smart infusion pumps, closed-loop medicines, digital literacy, ambient scribes, clinical safety
            of software"""
        ),
        "Research": words(
            """randomised trials, qualitative interviews, research ethics, clinical academics, audit to publication,
            evidence synthesis, patient involvement in research, research funding, implementation science, data
            linkage, conference abstracts, study recruitment, service evaluation, statistics, research culture,
            doctoral fellowships, systematic reviews, outcome measures, real-world evidence, writing papers"""
        ),
    },
    audience=words(
        """pharmacists, pharmacy technicians, prescribers, lead pharmacists, trainees, clinical teams, chief
        pharmacists, multidisciplinary teams"""
    ),
    places=words(
        """the NHS, general practice, hospital trusts, integrated care systems, community settings, busy departments,
        rural areas, specialist centres"""
    ),
    benefits=words(
        """improve patient safety, release clinical time, lower medicines waste, reduce admissions, support patients,
        build confidence, use resources well, meet national guidance"""
    ),
    chatter=(
        "Delegates leave with a checklist for their own service.",
        "Patients and carers describe what mattered to them.",
        "National guidance is set against what happens on a Monday morning.",
        "Medicines remain the most common intervention in health care.",
        "The panel takes questions from the floor throughout.",
        "Learning points map to the professional curriculum.",
    ),
)
