"""Words of veterinary congresses. Data only."""

from pa_assets.agendas.demo.vocabulary import Vocabulary, words

VETERINARY = Vocabulary(
    terms={
        "Feline": words(
            """feline chronic kidney disease, hyperthyroid cats, cat friendly handling, feline lower urinary tract
            disease, indoor cats, feline asthma, the blocked tom cat, feline infectious peritonitis, kitten
            socialisation, multi-cat households, feline hypertension, dental resorption in cats, feline diabetes,
            older cats, stress in cats, feline pancreatitis, cattery hygiene, feline oral pain, cat behaviour, the
            inappetent cat"""
        ),
        "Equine": words(
            """equine lameness, colic in horses, gastric ulcers in the horse, laminitis, the pre-purchase examination,
            equine dentistry, foal sepsis, tendon injury in horses, equine asthma, sports horses, mare reproduction,
            equine Cushing's disease, wound care in the field, worming of horses, equine sedation, sarcoids, the
            ataxic horse, donkeys, hoof balance, poor performance in racehorses"""
        ),
        "Farm": words(
            """bovine respiratory disease, mastitis control, calf scours, lame dairy cows, herd health planning,
            lambing losses, bovine viral diarrhoea, sheep scab, milk fever, beef herd fertility, Johne's disease,
            bovine tuberculosis, pig husbandry, flock vaccination, liver fluke, colostrum management, antimicrobial
            use on farms, dairy youngstock, worm resistance in sheep, transition cows"""
        ),
        "Exotics": words(
            """rabbit gut stasis, reptile husbandry, bearded dragons, parrots, guinea pig dentistry, tortoise
            hibernation, avian anaesthesia, chinchillas, ferret adrenal disease, snake mites, backyard hens, exotic
            emergencies, metabolic bone disease in reptiles, rabbit spays, ornamental fish, small mammal analgesia,
            wildlife casualties, hedgehogs, feather plucking, amphibian skin disease"""
        ),
        "Small Animal": words(
            """canine atopic dermatitis, the vomiting dog, canine osteoarthritis, puppy vaccination, otitis in dogs,
            canine hypothyroidism, obesity in pets, the itchy dog, anal gland disease, dog breeding advice,
            brachycephalic airway syndrome, canine diabetes, parasites of dogs, raw feeding, pruritus work-up,
            lungworm, elbow dysplasia, canine epilepsy, pet travel, first opinion consultations"""
        ),
        "Emergency Medicine": words(
            """triage of the collapsed patient, shock and fluid resuscitation, toxin ingestion, cardiopulmonary
            resuscitation, dyspnoea, gastric dilatation and volvulus, trauma scoring, blood transfusion, status
            epilepticus, point-of-care ultrasound, oxygen therapy, urethral obstruction, heat stroke, crash boxes,
            lactate monitoring, hypovolaemia, critical care charts, rodenticide poisoning, anaphylaxis, sepsis
            bundles"""
        ),
        "Internal Medicine": words(
            """immune-mediated anaemia, protein-losing enteropathy, chronic hepatitis, Addison's disease, Cushing's
            syndrome, polyuria and polydipsia, liver shunts, pyrexia of unknown origin, proteinuria, chronic
            enteropathy, pancreatic insufficiency, hypercalcaemia, electrolyte disorders, thrombocytopenia,
            endoscopy, faecal transplants, the jaundiced patient, urinalysis, biochemistry profiles, acute kidney
            injury"""
        ),
        "Surgery": words(
            """cruciate ligament repair, fracture fixation, surgical site infection, intestinal anastomosis, skin
            flaps, laparoscopic spays, splenectomy, patellar luxation, suture patterns, wound dehiscence,
            mastectomy, airway surgery, hernia repair, orthopaedic implants, cystotomy, surgical checklists, limb
            amputation, tissue handling, thoracotomy, reconstructive surgery"""
        ),
        "Nursing": words(
            """nurse clinics, anaesthetic monitoring, the registered veterinary nurse's role, inpatient care plans,
            intravenous catheter care, nurse-led consultations, patient mobility, bandaging technique, delegation to
            nurses under Schedule 3, theatre practice for nurses, tube feeding, student nurse mentoring, recumbent
            patients, pain scoring by nurses, kennel comfort, puppy parties, nurse prescribing, ward rounds, hand
            hygiene audits, post-operative nursing"""
        ),
        "Wellbeing": words(
            """compassion fatigue, burnout, psychological safety, imposter syndrome, sleep and shift work, moral
            injury, peer support, mindfulness, resilience, returning after maternity leave, neurodiversity at work,
            menopause, difficult conversations with oneself, work-life balance, mental health first aid, coaching
            oneself, grief, kindness in teams, boundaries, joy at work"""
        ),
        "Welfare": words(
            """animal welfare assessment, quality of life scales, puppy farming, ethics of overtreatment, euthanasia
            decisions, dog bite law, welfare at slaughter, domestic abuse and pets, rescue centre medicine, the five
            domains, breeding for extremes, stray animals, safeguarding, welfare legislation, non-accidental injury,
            transport of live animals, sentience, enrichment, charity clinics, hoarding cases"""
        ),
        "Practice Management": words(
            """client retention, pricing transparency, staff recruitment, practice finance, pet health plans, key
            performance indicators, corporate acquisition, appraisals, competition law remedies, marketing the
            practice, out-of-hours rotas, leadership styles, online reviews, complaint handling, practice software,
            clinical governance, stock control, succession planning, apprenticeships, employment law"""
        ),
        "Diagnostic Imaging": words(
            """thoracic radiographs, abdominal ultrasound, computed tomography, positioning for radiography,
            echocardiography, contrast studies, radiation safety, magnetic resonance imaging, dental radiography,
            reading the spine, artificial intelligence in image reading, pulmonary patterns, teleradiology,
            sonographic artefacts, joint imaging, image quality, vertebral heart score, ultrasound-guided sampling,
            nasal imaging, skull views"""
        ),
        "Dentistry": words(
            """periodontal disease, tooth extraction, dental charting, fractured teeth, gingivitis, malocclusion, nerve
            blocks of the jaw, dental scaling, oral tumours, home dental care, stomatitis, oral surgery flaps,
            retained roots, tooth brushing, dental nurses, crown therapy, jaw fractures, dental instruments,
            halitosis, pulp therapy"""
        ),
        "Oncology": words(
            """lymphoma protocols, mast cell tumours, chemotherapy safety, fine needle aspirates, cancer staging,
            osteosarcoma, palliative care, haemangiosarcoma, soft tissue sarcoma, tumour margins,
            electrochemotherapy, melanoma, informed consent in cancer care, cytology of lumps, bladder cancer,
            radiotherapy, mammary tumours, metronomic treatment, cachexia, immunotherapy"""
        ),
        "Anaesthesia and Analgesia": words(
            """multimodal analgesia, locoregional blocks, premedication, capnography, anaesthetic death, opioid choice,
            total intravenous anaesthesia, hypothermia under anaesthesia, ventilators, chronic pain clinics,
            ketamine infusions, monoclonal antibodies for pain, blood pressure support, breathing systems, recovery,
            sedation protocols, pain scales, low-flow anaesthesia, epidurals, gabapentinoids"""
        ),
    },
    audience=words(
        """vets, registered veterinary nurses, practice owners, recent graduates, clinical directors, whole practice
        teams, general practitioners, locums"""
    ),
    places=words(
        """first opinion practice, mixed practice, referral hospitals, busy clinics, small branch surgeries, charity
        hospitals, out-of-hours services, independent practices"""
    ),
    benefits=words(
        """improve patient outcomes, gain owners' trust, make better decisions, save time in consultations, lower costs
        for clients, avoid common mistakes, choose the right test first, work better as a team"""
    ),
    chatter=(
        "Owner compliance remains the hardest part of any treatment plan.",
        "Cases from everyday practice illustrate each step.",
        "The session counts towards continuing professional development.",
        "We look at what the evidence says and what the pet owner hears.",
        "Bring your own cases and questions for the panel.",
        "Prevention, diagnosis and follow-up are covered in equal measure.",
    ),
)
